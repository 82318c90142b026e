// SPDX-License-Identifier: Apache-2.0
// Whether a sanitizer watches over this build; it takes the place of malloc and ends the program
// where there is no memory.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERATIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERATIN_SANITIZED 1
#endif
#endif
#if !defined(KERATIN_SANITIZED)
#define KERATIN_SANITIZED 0
#endif
