#include "fuzz/search_check.h"

#include <cstdint>
#include <span>
#include <vector>

#include "norlog/bucket.h"
#include "norlog/layout.h"
#include "norlog/nor_flash.h"
#include "norlog/search.h"

namespace norlog::fuzz {
namespace {

// The bits as the simulator knows them: no chance, no counters.
class StillChip final : public NorFlash {
 public:
  explicit StillChip(const flashsim::SimFlash& chip) : chip_(chip) {}
  const Geometry& geometry() const override { return chip_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    chip_.Peek(address, out);
    return Status::kOk;
  }
  Status Program(std::uint64_t, std::span<const std::uint8_t>) override {
    return Status::kProgramError;
  }
  Status Erase(std::uint64_t, std::uint32_t) override { return Status::kEraseError; }

 private:
  const flashsim::SimFlash& chip_;
};

std::string ToText(const Found& found) {
  return found.any ? "bucket " + std::to_string(found.number.value) : "nothing";
}

std::vector<Hint> Hints(const Found& newest, const Layout& layout) {
  std::vector<Hint> hints = {{}};
  const std::uint32_t count = layout.bucket_count;
  const std::uint32_t head = newest.any ? layout.IndexOf(newest.number).value : 0;
  for (const std::uint32_t back : {0U, 1U, 3U, count / 2, count - 1}) {
    const BucketIndex index{(head + count - back % count) % count};
    for (const std::uint32_t span : {0U, 3U, count}) hints.push_back({true, index, span});
  }
  return hints;
}

}  // namespace

std::string CompareSearches(const flashsim::SimFlash& chip, const Options& options) {
  StillChip still(chip);
  const Layout layout = MakeLayout(options, chip.geometry());
  BucketIo io(still, layout, nullptr);
  Found oracle;
  if (!Ok(FindHeadLinear(io, oracle))) return "the scan failed";
  for (const Hint& hint : Hints(oracle, layout)) {
    Found found;
    if (!Ok(FindHead(io, hint, /*exhaustive=*/true, found))) return "the search failed";
    if (found.any == oracle.any && (!found.any || found.number == oracle.number)) continue;
    return "the scan finds " + ToText(oracle) + ", the search " + ToText(found) +
           (hint.present ? " by hint " + std::to_string(hint.index.value) + " span " +
                               std::to_string(hint.span)
                         : "");
  }
  return "";
}

}  // namespace norlog::fuzz
