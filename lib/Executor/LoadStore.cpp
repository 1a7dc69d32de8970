// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ld and st of all spaces. The address is in a[0]; the registers of a vector
// are Op::more. A register may be wider than the element: a load extends by the
// type's sign, a store takes the low bits.

#include "Memory.h"
#include <cstring>
#include <type_traits>

using namespace dlk::exec;

template <class Element, class Raw>
static Step load(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MemorySpec *>(op.spec);
  LanePointers pointers;
  if (!resolveAccess(warp, op, spec, mask, Access::Read, pointers))
    return Step::Stop;
  for (unsigned k = 0; k < op.moreCount; ++k) {
    Raw *d = reinterpret_cast<Raw *>(warp.at(op.more[k]));
    forEachLane(mask, [&](unsigned i) {
      Element value;
      std::memcpy(&value, pointers.v[i] + k * sizeof(Element), sizeof(Element));
      d[i] = Raw(value);
    });
  }
  return Step::Next;
}

template <class Element, class Raw>
static Step storeValue(Warp &warp, const Op &op, Mask mask) {
  const auto &spec = *static_cast<const MemorySpec *>(op.spec);
  LanePointers pointers;
  if (!resolveAccess(warp, op, spec, mask, Access::Write, pointers))
    return Step::Stop;
  for (unsigned k = 0; k < op.moreCount; ++k) {
    const Raw *s = reinterpret_cast<const Raw *>(warp.at(op.more[k]));
    forEachLane(mask, [&](unsigned i) {
      Element value = Element(s[i]);
      std::memcpy(pointers.v[i] + k * sizeof(Element), &value, sizeof(Element));
    });
  }
  return Step::Next;
}

template <class Raw> static Handler loadOf(Type type) {
  bool sign = isSigned(type);
  switch (typeBytes(type)) {
  case 1:
    return sign ? load<int8_t, Raw> : load<uint8_t, Raw>;
  case 2:
    return sign ? load<int16_t, Raw> : load<uint16_t, Raw>;
  case 4:
    return sign ? load<int32_t, Raw> : load<uint32_t, Raw>;
  default:
    return load<uint64_t, Raw>;
  }
}

Handler dlk::exec::findLoad(Type type, bool wideRegister) {
  return wideRegister ? loadOf<uint64_t>(type) : loadOf<uint32_t>(type);
}

template <class Raw> static Handler storeOf(Type type) {
  switch (typeBytes(type)) {
  case 1:
    return storeValue<uint8_t, Raw>;
  case 2:
    return storeValue<uint16_t, Raw>;
  case 4:
    return storeValue<uint32_t, Raw>;
  default:
    return storeValue<uint64_t, Raw>;
  }
}

Handler dlk::exec::findStore(Type type, bool wideRegister) {
  return wideRegister ? storeOf<uint64_t>(type) : storeOf<uint32_t>(type);
}
