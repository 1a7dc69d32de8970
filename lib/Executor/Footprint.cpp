// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Footprint.h"

using namespace dlk::exec;

static constexpr unsigned SectorBytes = 32, SectorsPerPage = 128;

void Footprint::mark(uint64_t sector, Access access) {
  uint64_t number = sector / SectorsPerPage;
  if (number != lastNumber) {
    lastNumber = number;
    last = &pages[number];
  }
  unsigned bit = sector % SectorsPerPage;
  uint64_t mask = uint64_t(1) << (bit % 64);
  if (access != Access::Write)
    last->bits[0][bit / 64] |= mask;
  if (access != Access::Read)
    last->bits[1][bit / 64] |= mask;
}

void Footprint::touch(uint64_t address, uint64_t bytes, Access access) {
  if (bytes == 0)
    return;
  uint64_t end = (address + bytes - 1) / SectorBytes;
  for (uint64_t sector = address / SectorBytes; sector <= end; ++sector)
    mark(sector, access);
}

void Footprint::touch(const uint64_t *addresses, Mask mask, uint32_t bytes,
                      Access access) {
  uint64_t before = ~uint64_t(0); // neighbours mostly share a sector
  forEachLane(mask, [&](unsigned lane) {
    uint64_t first = addresses[lane] / SectorBytes;
    uint64_t end = (addresses[lane] + bytes - 1) / SectorBytes;
    if (first == before && end == before)
      return;
    touch(addresses[lane], bytes, access);
    before = end;
  });
}

void Footprint::add(const Footprint &other) {
  last = nullptr; // a new page may move the others
  lastNumber = ~uint64_t(0);
  for (const auto &entry : other.pages) {
    Page &page = pages[entry.first];
    for (unsigned kind = 0; kind < 2; ++kind)
      for (unsigned half = 0; half < 2; ++half)
        page.bits[kind][half] |= entry.second.bits[kind][half];
  }
}

uint64_t Footprint::count(unsigned kind) const {
  uint64_t sectors = 0;
  for (const auto &entry : pages)
    for (uint64_t word : entry.second.bits[kind])
      sectors += unsigned(__builtin_popcountll(word));
  return sectors * SectorBytes;
}
