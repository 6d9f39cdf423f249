import {
  to = cloudlb_elb_members.web
  identity = {
    pool_id = "36ce7086-a496-4666-9064-5ba0e6840c75"
    region  = "cn-north-4"
  }
}
