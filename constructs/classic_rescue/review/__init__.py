"""What a Terraform plan would do to each device,
in an operator's words, and whether the policy allows it.

Pure: texts and values in, values and texts out. `plans.read_plan` reads one stack's plan,
`build.review_of` judges all of them beside the fleet file, `reports/` say it in one format each.
"""
