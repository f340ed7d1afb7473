#include "tests/sim/sim.h"
void sim_story(const char *path) { sim_fail("%s", path); }
