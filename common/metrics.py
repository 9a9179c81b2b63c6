"""What every process counts, beside the requests that an API counts for itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
MESSAGES = Counter(
    "cumulet_messages", "Messages taken from the bus.", ["message", "outcome"], registry=REGISTRY
)
MESSAGE_SECONDS = Histogram(
    "cumulet_message_seconds", "Time to handle a message.", ["message"], registry=REGISTRY
)
