"""Firehose: records on a stream, failures kept per record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws.calls import calls

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_firehose.type_defs import RecordTypeDef

#: Limits of one call, https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
_MAX_RECORDS = 500
_MAX_CALL_BYTES = 4 * 1024 * 1024
#: Calls for the records of a batch that were not taken.
_ATTEMPTS = 4


class FirehoseStream:
    """Satisfies `sluice.archive.records.Stream`."""

    def __init__(self, client: "FirehoseClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, records: Sequence[bytes]) -> list[int]:
        """The indices of records that Firehose has not confirmed."""
        unsent: list[int] = []
        for run in calls(map(len, records), _MAX_RECORDS, _MAX_CALL_BYTES):
            unsent += self._put_run(records, run)
        return unsent

    def _put_run(self, records: Sequence[bytes], run: Sequence[int]) -> list[int]:
        left = list(run)
        for _ in range(_ATTEMPTS):
            batch: list[RecordTypeDef] = [{"Data": records[index]} for index in left]
            try:
                answer = self._client.put_record_batch(DeliveryStreamName=self._name, Records=batch)
            except (BotoCoreError, ClientError):
                return left
            results = zip(left, answer["RequestResponses"], strict=True)
            left = [index for index, result in results if "ErrorCode" in result]
            if not left:
                break
        return left
