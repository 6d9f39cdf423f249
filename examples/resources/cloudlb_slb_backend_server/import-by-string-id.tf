import {
  to = cloudlb_slb_backend_server.web
  id = "lb-bp1o94dp5i6ea5example:i-bp1g6zv0ce8oghexample"
}
