package dev.riser.model;

import java.util.List;

/** The rule of {@code exportTo}. */
final class Visibility {
    private Visibility() {}

    static boolean visible(List<String> exportTo, String ownNamespace, String clientNamespace) {
        if (exportTo.isEmpty()) {
            return true;
        }
        for (String entry : exportTo) {
            switch (entry) {
                case "*" -> {
                    return true;
                }
                case "." -> {
                    if (clientNamespace.equals(ownNamespace)) {
                        return true;
                    }
                }
                default -> {
                    if (clientNamespace.equals(entry)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
