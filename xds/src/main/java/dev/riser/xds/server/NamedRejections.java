package dev.riser.xds.server;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out which resources a client refused. The protocol refuses whole responses; what was wrong stands in the message
 * alone. Our proxy writes one line {@code <name>: <reason>} for each resource that it refused and holds the others in
 * force; Envoy writes the names into its sentences. Where a message names none of the response's resources, all of them
 * are counted as refused.
 */
final class NamedRejections {
    /** A client's message is kept for people to read; more than this no one reads, and it would be held in memory. */
    private static final int LONGEST_REASON = 2048;

    static Map<String, String> attribute(String message, Collection<String> names) {
        List<String> longestFirst = names.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        Map<String, String> reasons = new LinkedHashMap<>();
        String current = "";
        for (String line : message.lines().toList()) {
            Optional<String> named =
                    longestFirst.stream().filter(name -> mentions(line, name)).findFirst();
            if (named.isPresent()) {
                current = named.get();
                String reason = line.startsWith(current + ": ") ? line.substring(current.length() + 2) : line;
                reasons.merge(current, shortened(reason), (before, more) -> shortened(before + "\n" + more));
            } else if (!current.isEmpty() && !line.isBlank()) {
                reasons.merge(current, line, (before, more) -> shortened(before + "\n" + more));
            }
        }
        if (reasons.isEmpty()) {
            names.forEach(name -> reasons.put(name, shortened(message)));
        }
        return reasons;
    }

    private static boolean mentions(String line, String name) {
        for (int at = line.indexOf(name); at >= 0; at = line.indexOf(name, at + 1)) {
            int end = at + name.length();
            boolean startsThere = at == 0 || !belongsToName(line, at - 1);
            boolean endsThere = end == line.length() || !belongsToName(line, end);
            if (startsThere && endsThere) {
                return true;
            }
        }
        return false;
    }

    /** Letters, digits and joints are part of a name; a point or colon only when something follows it. */
    private static boolean belongsToName(String line, int index) {
        char sign = line.charAt(index);
        if (Character.isLetterOrDigit(sign) || sign == '_' || sign == '-' || sign == '|') {
            return true;
        }
        return (sign == '.' || sign == ':')
                && index + 1 < line.length()
                && Character.isLetterOrDigit(line.charAt(index + 1));
    }

    private static String shortened(String reason) {
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "…";
    }

    private NamedRejections() {}
}
