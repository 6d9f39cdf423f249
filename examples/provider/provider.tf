terraform {
  required_version = ">= 1.11"
  required_providers {
    cloudlb = {
      source = "cloudlb/cloudlb"
    }
  }
}

# Keys come from the environment: ALIBABA_CLOUD_ACCESS_KEY_ID and
# ALIBABA_CLOUD_ACCESS_KEY_SECRET, HW_ACCESS_KEY and HW_SECRET_KEY.
provider "cloudlb" {
  alicloud {
    region = "cn-hangzhou"
  }
  huaweicloud {
    region = "cn-north-4"
  }
}
