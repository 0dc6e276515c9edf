internal import Foundation
internal import VolumeAPI

/// The user of the process, as the system knows it.
struct UserIdentity: Sendable {
    let id: uid_t
    let name: String
    /// The names and numbers of the user's groups.
    let groups: Set<String>

    /// The effective user of this process.
    static func current() -> UserIdentity {
        let count = max(0, getgroups(0, nil))
        var ids = [gid_t](repeating: 0, count: Int(count))
        ids = Array(ids.prefix(max(0, Int(getgroups(count, &ids))))) + [getegid()]
        let names = ids.compactMap { Self.name(ofGroup: $0) } + ids.map { "\($0)" }
        return UserIdentity(id: geteuid(), name: Self.name(ofUser: geteuid()) ?? "\(geteuid())", groups: Set(names))
    }

    /// Whether a word of the configuration means the user: a name or a number, a group after `@`, or `*` for everybody.
    func matches(_ word: String) -> Bool {
        if word == "*" { return true }
        if word.hasPrefix("@") { return groups.contains(String(word.dropFirst())) }
        return word == name || word == "\(id)"
    }

    private static func name(ofUser id: uid_t) -> String? {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_name.map { String(cString: $0) }
    }

    private static func name(ofGroup id: gid_t) -> String? {
        var (entry, found) = (group(), UnsafeMutablePointer<group>?.none)
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_name.map { String(cString: $0) }
    }
}

extension Policy {
    /// The policy that the section `policy` describes.
    init(_ reader: SettingsReader) async throws {
        self.init()
        for key in reader.names(under: ["policy", "rules"]) {
            let (name, place) = (key.joined(separator: "."), ["policy", "rules"] + key)
            guard let rule = Rule(rawValue: name) else {
                let meant = Spelling.nearest(to: name, among: Rule.allCases.map(\.rawValue))
                let rules = Rule.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error(
                    place,
                    "there is no such rule" + (meant.map { ", did you mean '\($0)'?" } ?? "; the rules are \(rules)")
                )
            }
            let word = try await reader.string(place) ?? ""
            guard let role = Scope.Role(rawValue: word) else {
                let roles = Scope.Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error(place, "'\(word)' is not a role; the roles are \(roles)")
            }
            roles[rule] = role
        }
    }
}

/// The lists of users with each role.
struct RoleLists: Sendable {
    private static let keys: [(key: String, role: Scope.Role)] = [
        ("readers", .reader), ("members", .member), ("admins", .admin),
    ]

    /// The words of each list that is set, by its key.
    private(set) var words: [String: [String]] = [:]

    init(_ reader: SettingsReader) async throws {
        for (key, _) in Self.keys { words[key] = try await reader.strings("policy", key) }
    }

    /// The roles of a user: those in whose lists the user is, or all if there is no list. Root has all.
    func roles(of user: UserIdentity) -> Set<Scope.Role> {
        guard !words.isEmpty, user.id != 0 else { return Set(Scope.Role.allCases) }
        return Set(Self.keys.filter { words[$0.key]?.contains(where: user.matches) == true }.map(\.role))
    }
}
