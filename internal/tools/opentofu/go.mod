// The OpenTofu that the tests and the demo run on where there is no other CLI.
// It is built in its own folder (internal/cmd/internal/terraform/obtain.go), so
// that nothing here imports it and go mod tidy would drop it.
module github.com/cloudlb/terraform-provider-cloudlb/internal/tools/opentofu

go 1.26.0

require github.com/opentofu/opentofu v1.12.6
