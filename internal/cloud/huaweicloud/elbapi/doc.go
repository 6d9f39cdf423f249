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
// The calls themselves, and what there is to know of the SDK, are of package
// apigw.
package elbapi
