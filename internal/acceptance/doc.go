// Package acceptance holds the tests of what must be so on every cloud. Each runs
// over every stage there is: on the simulated clouds, and where CLOUDLB_REAL says
// so on a real account.
package acceptance
