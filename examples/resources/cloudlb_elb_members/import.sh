# <pool_id>: every member that is there comes in, labelled by its natural key
terraform import cloudlb_elb_members.web 36ce7086-a496-4666-9064-5ba0e6840c75
