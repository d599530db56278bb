#ifndef MUST_H
#define MUST_H

/* Abort if this is false: the fuzzer saves the input that has led to it. */
#define MUST(condition) ((condition) ? (void)0 : abort())

#endif
