// bitnet-core: run 1.58-bit language models. This header brings in the whole C++ API.
#pragma once

#include "bitnet/chat.hpp"
#include "bitnet/chat_template.hpp"
#include "bitnet/context.hpp"
#include "bitnet/convert.hpp"
#include "bitnet/dtype.hpp"
#include "bitnet/error.hpp"
#include "bitnet/memory.hpp"
#include "bitnet/memory_cleanup.hpp"
#include "bitnet/memory_movable.hpp"
#include "bitnet/memory_patterns.hpp"
#include "bitnet/memory_pressure.hpp"
#include "bitnet/memory_tracking.hpp"
#include "bitnet/model.hpp"
#include "bitnet/session.hpp"
#include "bitnet/tokenizer.hpp"
#include "bitnet/version.hpp"
