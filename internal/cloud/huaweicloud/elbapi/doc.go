// Package elbapi puts the official Huawei Cloud SDK (services/elb/v3) behind
// [membership.Group]: one ELB v3 pool is one group. It makes one attempt at
// each call and says, by the class of the error, what is known afterwards;
// retries, batching of concurrent changes and verification are the engine's.
//
// The API is described under https://support.huaweicloud.com/intl/en-us/api-elb/,
// a page for each call, such as CreateMember.html. Where it leaves a question
// open, the answer that this package assumes stands in a comment that says
// "assumed".
//
// The SDK is kept at arm's length. It knows no context, follows no proxy
// variable, takes a redirect for success and an empty, null or foreign JSON body
// for an answer without members, does not escape ids in paths, and its client
// builder writes a file into the home directory. A call here builds a client of
// its own, which costs about a microsecond, around a transport that carries the
// context, bounds and keeps the answer, and knows whether anything was sent.
package elbapi
