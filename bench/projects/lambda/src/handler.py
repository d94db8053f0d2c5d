"""Passes on those SNS messages whose position lies inside the area that the function watches."""

import os

from pydantic import BaseModel, Field
from shapely import from_wkt
from shapely.geometry import Point

AREA = from_wkt(os.environ.get("AREA", "POLYGON ((5.9 45.8, 10.5 45.8, 10.5 47.8, 5.9 47.8, 5.9 45.8))"))


class Position(BaseModel):
    device: str
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)


def handle(event, context):
    """Returns the devices inside the area; with QUEUE_URL set, their messages go on to that queue."""
    messages = [record["Sns"]["Message"] for record in event["Records"]]
    positions = [(message, Position.model_validate_json(message)) for message in messages]
    inside = [(message, p) for message, p in positions if AREA.contains(Point(p.longitude, p.latitude))]
    if queue := os.environ.get("QUEUE_URL"):
        import boto3  # from the Lambda runtime, which brings it along

        sqs = boto3.client("sqs")
        for message, _ in inside:
            sqs.send_message(QueueUrl=queue, MessageBody=message)
    return {"inside": [p.device for _, p in inside]}
