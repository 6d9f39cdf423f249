// Package apikit is what the adapters of all clouds share and no vendor owns:
// one HTTP call around a vendor's SDK, the connections below it, what the lack
// of an answer means, keys that end, secrets in texts, endpoints, and the one
// log line of a call. It knows no vendor, no SDK and no Terraform resource.
//
// A call goes this way. [WithKeys] asks for the keys of the moment and makes the
// call with them, once more where they turn out to have ended. [Once] takes the
// call's turn, bounds it in time and writes its log line. Between the two stands
// the vendor's room, which hands the [Exchange] to its SDK as a transport, and
// reads the answer from there: what the SDK makes of it does not matter.
package apikit
