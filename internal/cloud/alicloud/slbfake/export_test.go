package slbfake

// Signature is the signature of a request's parameters. The scripts sign by it;
// the vendor's example and its SDK hold it.
func Signature(method string, params map[string]string, secret string) string {
	return sign(stringToSign(method, params), secret)
}
