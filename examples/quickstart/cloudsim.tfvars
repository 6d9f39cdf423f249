# What cloudsim holds when it is started without a seed file.

load_balancer_id = "lb-quickstart"
vserver_group_id = "rsp-quickstart"
server_group_id  = "sgp-alb-quickstart"
slb_servers      = ["i-web-1", "i-web-2"]

pool_id        = "pool-quickstart"
subnet_cidr_id = "subnet-quickstart"
elb_servers = {
  web-1 = "10.0.2.1"
  web-2 = "10.0.2.2"
}

endpoint = "http://127.0.0.1:8181"

alicloud_region     = "cn-hangzhou"
alicloud_access_key = "cloudsim"
alicloud_secret_key = "simulated"

huaweicloud_region     = "cn-north-4"
huaweicloud_access_key = "cloudsim"
huaweicloud_secret_key = "simulated"
