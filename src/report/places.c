// SPDX-License-Identifier: BSD-2-Clause
// Frames are looked up in the inputs sorted by their first frame: arguments come in any order.
#include "report/places.h"

static int compare_starts(const void *a, const void *b)
{
    const struct place_start *one = a, *other = b;
    if (one->first_frame != other->first_frame)
        return one->first_frame < other->first_frame ? -1 : 1;
    return (one->input > other->input) - (one->input < other->input);
}

void places_init(struct places *places, const struct report_input *inputs, size_t count)
{
    size_t runs = 0;
    for (size_t i = 0; i < count; i++)
        runs += MAX(inputs[i].run_count, 1);
    places->starts = g_new0(struct place_start, runs + 1);
    places->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct report_input *input = &inputs[i];
        if (input->info.packets > 0 && input->run_count == 0)
            places->starts[places->count++] = (struct place_start){0, 0, i};
        for (size_t k = 0; k < input->run_count; k++)
            places->starts[places->count++] =
                (struct place_start){input->runs[k].first_frame, input->runs[k].before, i};
    }
    qsort(places->starts, places->count, sizeof *places->starts, compare_starts);
}

void places_clear(struct places *places)
{
    g_free(places->starts);
    places->starts = NULL;
    places->count = 0;
}

struct place places_find(const struct places *places, uint32_t frame)
{
    size_t low = 0, high = places->count;
    while (high - low > 1) { // the last start below `frame` is in [low, high)
        size_t middle = low + (high - low) / 2;
        if (places->starts[middle].first_frame < frame)
            low = middle;
        else
            high = middle;
    }
    if (places->count == 0)
        return (struct place){0, frame};
    const struct place_start *start = &places->starts[low];
    return (struct place){start->input, frame - start->first_frame + start->before};
}
