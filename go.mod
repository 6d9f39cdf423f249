module github.com/cloudlb/terraform-provider-cloudlb

go 1.26.0
