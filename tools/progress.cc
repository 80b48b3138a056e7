#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace norlog::tools {
namespace {
constexpr int kWidth = 50;
constexpr const char* kWipeLine = "\r\033[K";
}  // namespace

ProgressBar::ProgressBar() : on_terminal_(isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (on_terminal_ && percent_ >= 0) std::fputs(kWipeLine, stderr);
}

void ProgressBar::Update(double fraction) {
  const int percent = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100);
  if (!on_terminal_ || percent == percent_) return;
  percent_ = percent;
  const auto filled = static_cast<std::size_t>(percent * kWidth / 100);
  const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
  std::fprintf(stderr, "%s[%s] %3d %%", kWipeLine, bar.c_str(), percent);
}

}  // namespace norlog::tools
