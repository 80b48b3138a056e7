// Must not compile: NORLOG_SCHEMA is wrong, and the compiler's message says why.
#include "norlog/typed_schema.h"

static_assert(norlog::Schema<NORLOG_SCHEMA>::kFieldCount > 0);
