// SPDX-License-Identifier: BSD-2-Clause
// Causes in words for people: data/causes.ini.
#pragma once

// The sentences, parsed once by the caller that owns them.
struct cause_words;
struct cause_words *cause_words_new(void);
void cause_words_free(struct cause_words *words);

// What to do about a cause, in one sentence; NULL when the data say nothing. Caller frees.
char *cause_words_advice(const struct cause_words *words, const char *cause);

// What the cause is, in one sentence; NULL as above. Caller frees.
char *cause_words_title(const struct cause_words *words, const char *cause);
