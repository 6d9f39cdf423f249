import {
  to = cloudlb_elb_member.web
  identity = {
    pool_id   = "36ce7086-a496-4666-9064-5ba0e6840c75"
    member_id = "1923923e-fe8a-484f-bdbc-e11559b1f48f"
    region    = "cn-north-4"
  }
}
