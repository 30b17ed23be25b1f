"""What is paid while nothing arrives: pollers that ask empty queues, alarms, the dashboard."""

from checks.cost.deployment import Deployment
from checks.cost.prices import Assumptions, Prices

MONTH_SECONDS = 30 * 24 * 3600


def at_rest(deployed: Deployment, prices: Prices, assumed: Assumptions) -> dict[str, float]:
    """Dollars a month."""
    polls = deployed.queues_read * assumed.pollers * MONTH_SECONDS / assumed.long_poll_seconds
    return {
        f"polling {deployed.queues_read} queues": polls * prices.sqs_request,
        f"{deployed.alarms} alarms": deployed.alarms * prices.alarm_month,
        "the dashboard (the first three of an account are free)": 0.0,
    }
