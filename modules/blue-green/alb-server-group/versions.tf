terraform {
  required_version = ">= 1.10" # OpenTofu 1.10 or Terraform 1.11

  required_providers {
    cloudlb = {
      source = "cloudlb/cloudlb"
    }
  }
}
