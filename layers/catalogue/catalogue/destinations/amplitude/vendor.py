"""Amplitude's answers. https://amplitude.com/docs/apis/analytics/http-v2#responses"""

from sluice.destinations.vendor import LocalVendor, answer

vendor = LocalVendor(
    success=answer(200, {"code": 200, "events_ingested": 1, "payload_size_bytes": 1, "server_upload_time": 1}),
    bad_item=answer(
        400,
        {
            "code": 400,
            "error": "Request missing required field",
            "events_with_missing_fields": {"event_type": [0]},
            "events_with_invalid_fields": {},
        },
    ),
    others={
        "unauthorized": answer(400, {"code": 400, "error": "Invalid API key: key"}),
        "rate limited": answer(429, {"code": 429, "error": "Too many requests for some devices and users"}),
        "throttled": answer(429, {"code": 429, "eps_threshold": 10, "throttled_events": [0]}),
    },
)
