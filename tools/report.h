// tools/report.h - a demo's figures, for people and for programs.
#ifndef NORLOG_TOOLS_REPORT_H_
#define NORLOG_TOOLS_REPORT_H_

#include <string>

#include "tools/figures.h"

namespace norlog::tools {

// The table, and what went wrong if anything did. Ends with a line end.
std::string ToTable(const DemoFigures& figures);

// One object; its keys are the names of DemoFigures' members.
std::string ToJson(const DemoFigures& figures);

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_REPORT_H_
