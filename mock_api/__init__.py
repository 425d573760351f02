"""A stateful mock of the IBM Cloud classic (SoftLayer) API: `python -m mock_api`."""
