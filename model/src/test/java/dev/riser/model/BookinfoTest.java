package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BookinfoTest {
    static List<String> files() {
        return Texts.namesIn("bookinfo", ".yaml");
    }

    private static ReadResult file(String name) {
        return ConfigReader.read(name, Texts.resource("/bookinfo/" + name), ReadLimits.DEFAULT);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void each_document_is_in_force_or_says_why_not(String name) {
        ReadResult result = file(name);
        assertThat(result.documents()).isNotEmpty();
        for (ReadDocument document : result.documents()) {
            assertThat(document.key()).isPresent();
            assertThat(document.object().isPresent() || !document.problems().isEmpty())
                    .as("%s", document.key())
                    .isTrue();
            for (Problem problem : document.problems()) {
                assertThat(problem.object())
                        .isEqualTo(document.key().orElseThrow().text());
                assertThat(problem.field()).isNotEmpty();
                assertThat(problem.line()).isPositive();
                assertThat(problem.message()).isNotEmpty();
            }
        }
    }

    @Test
    void only_what_needs_a_gateway_or_a_workload_is_left_out() {
        List<String> leftOut = new ArrayList<>();
        for (String name : files()) {
            for (ReadDocument document : file(name).documents()) {
                if (document.object().isEmpty()
                        && !document.key().orElseThrow().kind().equals("Deployment")) {
                    leftOut.add(document.key().orElseThrow().text());
                }
            }
        }
        assertThat(leftOut)
                .containsExactly(
                        "Gateway default/bookinfo-gateway",
                        "VirtualService default/bookinfo",
                        "Gateway istio-system/cert-manager-gateway",
                        "VirtualService istio-system/cert-manager");
    }

    @Test
    void a_rule_that_cannot_be_reached_is_in_force_and_noted() {
        ReadResult result = file("fault-injection-details-v1.yaml");
        assertThat(result.objects()).hasSize(2);
        assertThat(result.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo("spec.http[1]");
            assertThat(problem.line()).isEqualTo(18);
            assertThat(problem.message()).contains("can never be reached: http[0] on line 9");
        });
    }

    @Test
    void services_rules_and_routes_fit_together() {
        List<MeshObject> objects =
                new ArrayList<>(file("bookinfo-services.yaml").objects());
        objects.addAll(file("destination-rule-all.yaml").objects());
        objects.addAll(file("virtual-service-all-v1.yaml").objects());
        assertThat(objects).hasSize(16);
        assertThat(WorldChecks.check(objects)).isEmpty();
    }

    @Test
    void the_split_of_reviews_is_read() {
        VirtualService reviews = (VirtualService)
                file("virtual-service-reviews-90-10.yaml").objects().getFirst();
        HttpRule.Forward forward = (HttpRule.Forward) reviews.http().getFirst().action();
        assertThat(forward.targets()).extracting(WeightedDestination::weight).containsExactly(90, 10);
        assertThat(forward.targets())
                .extracting(target -> target.destination().subset().orElseThrow())
                .containsExactly("v1", "v2");
    }
}
