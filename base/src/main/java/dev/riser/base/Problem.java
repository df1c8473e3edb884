package dev.riser.base;

/**
 * One thing that is wrong with something a user gave us. Every field is text meant for a person; an empty string means
 * "does not apply".
 *
 * @param object what it is about, as {@code Kind namespace/name}
 * @param field path of the field, as {@code spec.http[0].route[1].weight}
 * @param file file the object was read from
 * @param line line in that file, counted from 1; 0 where unknown
 * @param found what stands there
 * @param allowed what may stand there
 * @param message what is wrong, in a sentence
 * @param suggestion what to do next
 */
public record Problem(
        String object,
        String field,
        String file,
        int line,
        String found,
        String allowed,
        String message,
        String suggestion) {

    /** One line for a terminal or a log. */
    public String text() {
        StringBuilder text = new StringBuilder();
        if (!file.isEmpty()) {
            text.append(file);
            if (line > 0) {
                text.append(':').append(line);
            }
            text.append(": ");
        }
        text.append(object);
        if (!field.isEmpty()) {
            text.append(": ").append(field);
        }
        text.append(": ").append(message);
        if (!found.isEmpty()) {
            text.append("; found ").append(found);
        }
        if (!allowed.isEmpty()) {
            text.append("; allowed: ").append(allowed);
        }
        if (!suggestion.isEmpty()) {
            text.append("; ").append(suggestion);
        }
        return text.toString();
    }
}
