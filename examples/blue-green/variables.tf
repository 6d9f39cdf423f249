variable "green_share" {
  description = "Percentage of the traffic that the green servers get, 0 to 100."
  type        = number
  default     = 0
}

# Where the servers are.

variable "load_balancer_id" {
  description = "SLB load balancer whose default server group has slb_blue and slb_green."
  type        = string
}

variable "vserver_group_id" {
  description = "SLB vserver group that has them too."
  type        = string
}

variable "slb_blue" {
  description = "Ids of the ECS instances that serve today."
  type        = set(string)
}

variable "slb_green" {
  description = "Ids of the ECS instances that are to take over."
  type        = set(string)
}

variable "pool_id" {
  description = "ELB pool (backend server group) that has elb_blue and elb_green."
  type        = string
}

variable "subnet_cidr_id" {
  description = "Subnet of elb_blue and elb_green: its neutron_subnet_id, not its own id."
  type        = string
}

variable "elb_blue" {
  description = "Addresses of the servers that serve today."
  type        = set(string)
}

variable "elb_green" {
  description = "Addresses of the servers that are to take over."
  type        = set(string)
}

# How the clouds are reached. With real accounts leave these out.

variable "endpoint" {
  description = "URL of cloudsim, which simulates both clouds."
  type        = string
  default     = null
}

variable "alicloud_region" {
  description = "Region of the SLB load balancer, such as cn-hangzhou."
  type        = string
  default     = null
}

variable "alicloud_access_key" {
  description = "AccessKey ID for Alibaba Cloud."
  type        = string
  default     = null
  sensitive   = true
}

variable "alicloud_secret_key" {
  description = "AccessKey secret for Alibaba Cloud."
  type        = string
  default     = null
  sensitive   = true
}

variable "huaweicloud_region" {
  description = "Region of the ELB pool, such as cn-north-4."
  type        = string
  default     = null
}

variable "huaweicloud_access_key" {
  description = "Access key (AK) for Huawei Cloud."
  type        = string
  default     = null
  sensitive   = true
}

variable "huaweicloud_secret_key" {
  description = "Secret key (SK) for Huawei Cloud."
  type        = string
  default     = null
  sensitive   = true
}
