package slbapi

// WritesPerMinute is how many calls a minute SLB takes of each action that
// changes members, from one account in one region; of those that read them it
// takes 3,000:
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-quota.
const WritesPerMinute = 90
