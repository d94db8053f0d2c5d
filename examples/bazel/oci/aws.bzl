"""Where images go. A project names the one of its account at AWS; this is one on the own machine."""

ecr_registry = "localhost:5000/{id}/{region}"
aws_account_id = "123456789012"
aws_default_region = "eu-central-1"
