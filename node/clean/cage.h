/* node/clean/cage.h - what a process that decodes a stranger's picture gives
 * up: memory and time beyond a bound, new files, processes and privileges
 * (rlimits), the file system (Landlock, where the kernel has it), and every
 * system call but those for memory, reading, writing and ending (seccomp).
 */
#ifndef LIENXA_NODE_CLEAN_CAGE_H
#define LIENXA_NODE_CLEAN_CAGE_H

/* 0, or -1 when it could not be closed: then nothing may be looked at. */
int cage_close(void);

#endif
