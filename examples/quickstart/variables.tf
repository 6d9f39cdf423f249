variable "weight" {
  description = "Share of new requests that each backend gets, 0 to 100. 0 takes them out of service without removing them."
  type        = number
  default     = 100
}

# Where the backends go.

variable "load_balancer_id" {
  description = "SLB load balancer whose default server group gets slb_servers."
  type        = string
}

variable "vserver_group_id" {
  description = "SLB vserver group that gets slb_servers too."
  type        = string
}

variable "server_group_id" {
  description = "Server group of ALB that gets slb_servers too."
  type        = string
}

variable "slb_servers" {
  description = "Ids of ECS instances."
  type        = set(string)
}

variable "pool_id" {
  description = "ELB pool (backend server group) that gets elb_servers."
  type        = string
}

variable "subnet_cidr_id" {
  description = "Subnet of elb_servers: its neutron_subnet_id, not its own id."
  type        = string
}

variable "elb_servers" {
  description = "Addresses of servers in the subnet, by a name of your choice."
  type        = map(string)
}

# How the clouds are reached. With real accounts leave these out.

variable "endpoint" {
  description = "URL of cloudsim, which simulates both clouds."
  type        = string
  default     = null
}

variable "alicloud_region" {
  description = "Region of the SLB load balancer and the server group, such as cn-hangzhou."
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
