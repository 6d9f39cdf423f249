# What cloudsim holds when it is started without a seed file.

load_balancer_id = "lb-quickstart"
vserver_group_id = "rsp-quickstart"
slb_blue         = ["i-web-1", "i-web-2"]
slb_green        = ["i-web-3"]

pool_id        = "pool-quickstart"
subnet_cidr_id = "subnet-quickstart"
elb_blue       = ["10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.4"]
elb_green      = ["10.0.2.5"]

endpoint = "http://127.0.0.1:8181"

alicloud_region     = "cn-hangzhou"
alicloud_access_key = "cloudsim"
alicloud_secret_key = "simulated"

huaweicloud_region     = "cn-north-4"
huaweicloud_access_key = "cloudsim"
huaweicloud_secret_key = "simulated"
