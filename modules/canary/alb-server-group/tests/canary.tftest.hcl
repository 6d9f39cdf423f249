# Offline: the resource is mocked, the function is the real one.
mock_provider "cloudlb" {}

variables {
  server_group_id = "sgp-test"
  stable          = { a = { server_id = "i-1", port = 8080 }, b = { server_id = "i-2", port = 8080 }, c = { server_id = "i-3", port = 8080 }, d = { server_id = "i-4", port = 8080 } }
}

run "without_a_canary" {
  command = plan

  assert {
    condition     = output.weights == tomap({ canary = 0, stable = 100 }) && output.traffic == { canary = 0, stable = 100 }
    error_message = "Weights: ${jsonencode(output.weights)}, traffic: ${jsonencode(output.traffic)}"
  }
}

run "a_canary_gets_its_share" {
  variables {
    canary       = { a = { server_id = "i-5", port = 8080 } }
    canary_share = 5
  }

  assert {
    condition     = output.weights == tomap({ canary = 20, stable = 95 }) && output.traffic == { canary = 5, stable = 95 }
    error_message = "Weights: ${jsonencode(output.weights)}, traffic: ${jsonencode(output.traffic)}"
  }
  assert {
    condition     = output.members["canary/a"].weight == 20 && output.members["stable/d"].weight == 95 && length(output.members) == 5
    error_message = "Members: ${jsonencode(output.members)}"
  }
}

run "a_share_above_100_is_refused" {
  command = plan

  variables {
    canary       = { a = { server_id = "i-5", port = 8080 } }
    canary_share = 101
  }

  expect_failures = [var.canary_share]
}
