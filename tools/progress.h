// tools/progress.h - a progress bar on standard error, if that is a terminal.
#ifndef NORLOG_TOOLS_PROGRESS_H_
#define NORLOG_TOOLS_PROGRESS_H_

namespace norlog::tools {

class ProgressBar {
 public:
  ProgressBar();
  // Wipes the bar, so that what follows starts on a clean line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `fraction` from 0 to 1. Cheap: draws when a percent is full.
  void Update(double fraction);

 private:
  const bool on_terminal_;
  int percent_ = -1;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_PROGRESS_H_
