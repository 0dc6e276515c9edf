import Testing
import VolumeDriver

@testable import Volumes

/// The operators of Cinder's extra specs, with the values that Cinder's own tests use.
struct ExtraSpecTests {
    static let met = [
        ("123", "= 123"), ("124", "= 123"), ("123", "123"), ("abc", "s== abc"), ("12310321", "<in> 123"),
        ("True", "<is> True"), ("true", "<is> yes"), ("no", "<is> False"), ("8", "<or> 7 <or> 8"), ("7", "<or> 7"),
        ("10", "s< 2"), ("2", "s>= 2"), ("2", "<= 3"), ("2", ">= 2"), ("5", "== 5.0"), ("5", "!= 6"), ("b", "s!= a"),
        ("b", "s> a"), ("a", "s<= a"), ("foo", "foo"), ("", ""), ("a b", "a b"),
    ]

    @Test(arguments: met)
    func `a capability meets a requirement`(value: String, requirement: String) {
        #expect(Requirement(requirement).accepts(value))
    }

    static let unmet = [
        ("122", "= 123"), ("13210321", "<in> 123"), ("12", "<or> 11 <or> 13"), ("2", ">= 3"), ("abc", "== 5"),
        ("abc", "!= 5"), ("5", "== abc"), ("False", "<is> True"), ("3", "s< 2"), ("3", "<= 2"), ("a", "s!= a"),
        ("a", "s> a"), ("foo", "bar"), ("foo", ""), ("8", "<or>"), ("8", "="), ("nan", "== nan"), ("8", "<or> 7 <or>"),
    ]

    @Test(arguments: unmet)
    func `a capability does not meet a requirement`(value: String, requirement: String) {
        #expect(!Requirement(requirement).accepts(value))
    }

    @Test func `one of several values of a capability is enough, and a missing capability is not`() {
        let pool = ["compression": ["True", "False"], "scope:tier": ["1", "2"], "media": ["ssd"]]
        func obstacle(_ specs: [String: String]) -> String? {
            ExtraSpecs(values: specs).unmet(in: { pool[$0] })?.description
        }
        #expect(obstacle(["compression": "<is> True", "capabilities:scope:tier": "2", "media": "ssd"]) == nil)
        #expect(obstacle(["capabilities:scope:tier": "3"]) == "requires scope:tier 3, but the pool has 1, 2")
        #expect(obstacle(["media": "hdd"]) == "requires media hdd, but the pool has ssd")
        #expect(obstacle(["wrong:scope:tier": "9", "provisioning:type": "thin"]) == nil)
        #expect(obstacle(["iops": ">= 5"]) == "requires iops >= 5, which the pool does not have")
        #expect(obstacle(["media": "hdd", "iops": ">= 5", "zone": "a"])?.hasPrefix("requires iops") == true)
    }

    @Test func `C32: a nested capability is found by its whole name, and no other is taken for it`() {
        let pool = ["scope_lv0:scope_lv1:scope_lv2:opt1": ["True", "False"], "scope_lv0:scope_lv1:opt2": ["1", "2"]]
        func obstacle(_ key: String, _ requirement: String) -> String? {
            ExtraSpecs(values: [key: requirement]).unmet(in: { pool[$0] })?.description
        }
        #expect(obstacle("capabilities:scope_lv0:scope_lv1:scope_lv2:opt1", "<is> True") == nil)
        #expect(obstacle("capabilities:scope_lv0:scope_lv1:opt2", "3") != nil)
        #expect(obstacle("capabilities:scope_lv0:scope_lv1:scope_lv1:opt1", "<is> True") != nil)
        #expect(obstacle("capabilities:scope_lv0:scope_lv1", "<is> True") != nil)
        // A key of another scope is the driver's.
        #expect(obstacle("scope_lv0:scope_lv1:opt2", "3") == nil)
        #expect(Requirement("").accepts("") && !Requirement("").accepts("0"))
    }

    @Test(arguments: [("2", "4", nil), ("3", nil, "at least 3 GiB"), (nil, "1", "at most 1 GiB"), (nil, nil, nil)])
    func `a type limits the size of its volumes`(least: String?, most: String?, obstacle: String?) throws {
        var values: [String: String] = [:]
        values["provisioning:min_vol_size"] = least
        values["provisioning:max_vol_size"] = most
        let specs = ExtraSpecs(values: values)
        #expect(specs.obstacle(to: try #require(ByteCount(gibibytes: 2))) == obstacle.map { "it has \($0)" })
    }

    @Test(arguments: [
        ["provisioning:min_vol_size": "x"], ["provisioning:max_vol_size": "0"], ["provisioning:max_vol_size": "1.5"],
        ["provisioning:min_vol_size": "3", "provisioning:max_vol_size": "2"], ["provisioning:type": "fat"],
    ])
    func `settings that make no sense are found`(values: [String: String]) {
        #expect(ExtraSpecs(values: values).problem != nil)
    }
}
