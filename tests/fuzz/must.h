#ifndef MUST_H
#define MUST_H

/* What does not hold is a finding. */
#define MUST(truth) ((truth) ? (void)0 : abort())

#endif
