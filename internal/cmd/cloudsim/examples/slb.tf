# Two servers in a vserver group of Alibaba Cloud SLB, beside somebody else's.
resource "cloudlb_slb_vserver_group_servers" "web" {
  vserver_group_id = "rsp-web"
  servers = {
    web-1 = { server_id = "i-web-1", port = 8080 }
    web-2 = { server_id = "i-web-2", port = 8080, weight = 50 }
  }
}

# What the cloud holds, and what was asked of it:
# curl http://127.0.0.1:8181/_admin/held
# curl http://127.0.0.1:8181/_admin/log
