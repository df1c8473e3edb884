package dev.riser.model;

/**
 * What the reader takes before it says no, so that no text can exhaust the process.
 *
 * @param maxBytes size of one file or request body
 * @param maxDocuments documents in it
 * @param maxAliases YAML aliases to collections in one document
 * @param maxDepth nesting of one document
 * @param maxNodes values in one document after aliases are followed
 * @param maxRegexLength characters of one regular expression
 */
public record ReadLimits(
        int maxBytes, int maxDocuments, int maxAliases, int maxDepth, int maxNodes, int maxRegexLength) {
    /** 3 MB, 5000 documents, 50 aliases, 50 levels, 200,000 values, 1024 characters. */
    public static final ReadLimits DEFAULT = new ReadLimits(3 * 1024 * 1024, 5000, 50, 50, 200_000, 1024);
}
