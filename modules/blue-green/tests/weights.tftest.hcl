# Offline, and with nothing to mock but the provider's configuration.
mock_provider "cloudlb" {}

run "traffic_is_rounded" {
  command = plan

  variables {
    groups = { a = { share = 67, members = 5 }, b = { share = 33, members = 2 } }
  }

  assert {
    condition     = output.weights == tomap({ a = 69, b = 85 }) && output.traffic == { a = 66.99, b = 33.01 }
    error_message = "Weights: ${jsonencode(output.weights)}, traffic: ${jsonencode(output.traffic)}"
  }
}

run "no_groups" {
  command = plan

  variables {
    groups = {}
  }

  assert {
    condition     = length(output.weights) == 0 && length(output.traffic) == 0
    error_message = "Weights: ${jsonencode(output.weights)}, traffic: ${jsonencode(output.traffic)}"
  }
}
