"""A destination function: orders to the API of a CRM. `type: function` with `settings: {file: to_crm.py}`."""

from sluice.functions import Event, Invalid, Settings, fetch


def on_track(event: Event, settings: Settings) -> None:
    """Send an order with its id, so that a repeat is recognised."""
    order = event.get("properties", {})
    if "order_id" not in order:
        raise Invalid("an order without an id")
    fetch(
        f"{settings['url']}/orders/{order['order_id']}",
        method="PUT",
        json={"customer": event.get("userId"), "total": order.get("total")},
        headers={"authorization": f"Bearer {settings['token']}"},
    )
