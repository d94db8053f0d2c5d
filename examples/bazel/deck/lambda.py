"""A pre-filter of messages, as an AWS Lambda function."""

import shapely


def handler(event, context):
    point = shapely.Point(event["x"], event["y"])
    return {"inside": bool(shapely.box(0, 0, 1, 1).contains(point))}
