package dev.riser.model;

/**
 * Where an object was read.
 *
 * @param kind kind of the object
 * @param namespace namespace of the object, empty where it has none
 * @param name name of the object
 * @param file name of the file or of the request that brought it
 * @param line first line of the object in that file, counted from 1
 */
public record Origin(String kind, String namespace, String name, String file, int line) {

    /** {@code file:line}. */
    public String location() {
        return file + ":" + line;
    }

    /** {@code file:line} for a line inside the object, such as that of one rule. */
    public String location(int lineInside) {
        return file + ":" + lineInside;
    }

    /** The key of the object. */
    public ObjectKey key() {
        return new ObjectKey(kind, namespace, name);
    }
}
