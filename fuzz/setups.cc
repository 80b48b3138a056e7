#include "fuzz/setups.h"

#include <string>
#include <utility>

#include "fuzz/encoded.h"

namespace norlog::fuzz {
namespace {

Setup MakeSetup(std::string name, const flashsim::Profile& profile, std::uint32_t block_bytes,
                Retention retention) {
  Setup setup;
  setup.name = std::move(name) + (retention == Retention::kKeepUnread ? "-keep" : "-overwrite");
  setup.profile = profile;
  setup.options.bucket_bytes = profile.geometry.erase_unit_bytes;
  setup.options.block_bytes = block_bytes;
  setup.options.reader_count = block_bytes == setup.options.bucket_bytes ? 1 : 2;
  setup.options.retention = retention;
  setup.seed = setup.name.size() + profile.geometry.program_unit_bytes;
  return setup;
}

std::vector<Setup> MakeSmallRings() {
  using flashsim::Toy;
  std::vector<Setup> setups;
  for (const Retention retention : {Retention::kOverwriteOldest, Retention::kKeepUnread}) {
    setups.push_back(MakeSetup("nor", Toy(1024, 8), 256, retention));
    setups.push_back(MakeSetup("once8", Toy(1024, 8, 8, ProgramRule::kOnce), 256, retention));
    // A header in units of 32 B leaves too little of a 256 B block.
    setups.push_back(MakeSetup("once32", Toy(1024, 8, 32, ProgramRule::kOnce), 512, retention));
    setups.push_back(MakeSetup("toy", Toy(256, 4), 256, retention));
    setups.push_back(MakeSetup("typed", Toy(1024, 8), 1024, retention));
    setups.back().typed = true;
  }
  Setup background = MakeSetup("background", Toy(1024, 8), 256, Retention::kOverwriteOldest);
  background.sim.background_erase_polls = 2;
  setups.push_back(background);
  Setup packed = MakeSetup("packed", Toy(1024, 8), 256, Retention::kOverwriteOldest);
  SetEncoded(packed.options);
  setups.push_back(packed);
  packed = MakeSetup("packed8", Toy(1024, 8, 8, ProgramRule::kOnce), 512, Retention::kKeepUnread);
  SetEncoded(packed.options);
  setups.push_back(packed);
  return setups;
}

}  // namespace

const std::vector<Setup>& SmallRings() {
  static const std::vector<Setup> setups = MakeSmallRings();
  return setups;
}

WorkloadShape ShapeFor(const Setup& setup) {
  WorkloadShape shape;
  const Geometry& geometry = setup.profile.geometry;
  shape.reader_count = setup.options.reader_count;
  shape.bucket_count = geometry.erase_unit_count;
  shape.max_payload_bytes = MaxPayloadBytes(MakeLayout(setup.options, geometry));
  shape.mean_payload_bytes = setup.options.block_bytes / 8;
  shape.changes_readers = true;
  shape.encoded = setup.options.encoded_tags > 0;
  return shape;
}

}  // namespace norlog::fuzz
