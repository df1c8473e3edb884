package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
    @Test
    void a_stream_without_objects_is_nothing() {
        for (String text :
                List.of("", "\n", "---\n", "# a\n---\n# b\n", "--- # a\n...\n", "%YAML 1.2\n---\n", "\uFEFF")) {
            assertThat(Texts.read(text).documents()).as("%s", text).isEmpty();
        }
    }

    @Test
    void json_is_read() {
        assertThat(Texts.only(
                                ServiceAccount.class,
                                "{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\", \"metadata\": {\"name\": \"a\", \"labels\": null}}")
                        .name())
                .isEqualTo("a");
    }

    @Test
    void windows_line_ends_are_read() {
        ReadResult result = Texts.read(
                "apiVersion: v1\r\nkind: ServiceAccount\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: ServiceAccount\r\nmetadata:\r\n  name: b\r\n");
        assertThat(result.problems()).isEmpty();
        assertThat(result.objects())
                .extracting(object -> object.origin().line())
                .containsExactly(1, 6);
    }

    @Test
    void anchors_are_followed() {
        Service service = Texts.only(
                Service.class,
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: &labels {app: a}\nspec:\n  selector: *labels\n  ports: [{port: 80}]\n");
        assertThat(service.selector()).isEqualTo(service.labels());
    }

    @Test
    void the_objects_of_a_list_are_read_one_by_one() {
        ReadResult result = Texts.read("""
                apiVersion: v1
                kind: List
                items:
                - apiVersion: v1
                  kind: ServiceAccount
                  metadata:
                    name: a
                - apiVersion: v1
                  kind: ServiceAccount
                  metadata:
                    nam: b
                - apiVersion: v1
                  kind: ServiceAccount
                  metadata:
                    name: c
                """);
        assertThat(result.objects()).extracting(MeshObject::name).containsExactly("a", "c");
        assertThat(result.problems()).extracting(Problem::field).contains("metadata.name", "metadata.nam");
        assertThat(result.documents().getFirst().text())
                .startsWith("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n");
        assertThat(result.documents().getLast().line()).isEqualTo(12);
    }

    @Test
    void a_document_keeps_its_text_and_its_key_also_when_it_is_rejected() {
        ReadResult result = Texts.read("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b, nam: c}\n");
        ReadDocument document = result.documents().getFirst();
        assertThat(document.key()).contains(new ObjectKey("Namespace", "", "a"));
        assertThat(document.object()).isEmpty();
        assertThat(document.text()).startsWith("apiVersion");
        assertThat(document.problems())
                .extracting(Problem::field)
                .containsExactly("metadata.namespace", "metadata.nam");
    }

    @Test
    void all_problems_of_an_object_are_found_in_one_go() {
        ReadResult result = Texts.read("""
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata:
                  name: UPPER
                spec:
                  hosts: [a]
                  http:
                  - timeout: 5
                    retries: {attempts: x}
                    rout: []
                """);
        assertThat(result.problems()).extracting(Problem::line).containsExactly(3, 8, 9, 10);
    }

    @Test
    void merge_keys_are_refused_rather_than_misread() {
        ReadResult result = Texts.read(
                "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n  - &p {port: 80}\n  - {<<: *p, name: b}\n");
        assertThat(result.objects()).isEmpty();
        assertThat(result.problems()).extracting(Problem::line).contains(7);
    }

    @Test
    void texts_made_to_exhaust_the_reader_are_refused() {
        int many = 200_000;
        for (String text : List.of(
                "a: " + "{a: ".repeat(many),
                "- ".repeat(many),
                "? ".repeat(many),
                "[" + "*".repeat(many),
                "kind: A\nmetadata:\n" + " \n".repeat(many) + "x",
                "kind: Service\nmetadata:\n  name: " + "a".repeat(many) + ": :",
                "a: \"" + "x\n".repeat(many),
                "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: " + "1".repeat(many)
                        + "x}]}")) {
            assertThat(Texts.read(text).problems()).isNotEmpty();
        }
    }

    @Test
    void no_damage_to_a_text_makes_the_reader_throw() {
        Random random = new Random(7);
        String text = Texts.resource("/bookinfo/virtual-service-reviews-jason-v2-v3.yaml") + "---\n"
                + Texts.resource("/bookinfo/egress-rule-google-apis.yaml");
        String noise = "{}[]:,&*#?|->%@`'\"\\\t\n \u0000\u0085-1e9~!<";
        for (int round = 0; round < 400; round++) {
            StringBuilder damaged = new StringBuilder(text);
            for (int edit = 0; edit <= random.nextInt(4); edit++) {
                int at = random.nextInt(damaged.length());
                switch (random.nextInt(3)) {
                    case 0 -> damaged.setCharAt(at, noise.charAt(random.nextInt(noise.length())));
                    case 1 -> damaged.delete(at, Math.min(damaged.length(), at + random.nextInt(20)));
                    default -> damaged.insert(at, noise.charAt(random.nextInt(noise.length())));
                }
            }
            ReadResult result = Texts.read(damaged.toString());
            assertThat(result.documents())
                    .allSatisfy(document -> assertThat(document.object().isPresent()
                                    || !document.problems().isEmpty())
                            .isTrue());
        }
    }
}
