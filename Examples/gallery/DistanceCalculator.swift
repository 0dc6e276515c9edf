import TaskFlow

// An optional field is an optional input: the task has a default of its own.

struct DistanceCalculator: Example {
    static let name = "distance-calculator"

    struct Point: Codable {
        let x: Double
        let y: Double
        static let origin = Point(x: 0, y: 0)
    }

    struct Measure: PureTask {
        static let name = "measure"
        struct Input: Fields {
            @Field var a: Point?
            @Field var b: Point?
        }
        struct Output: Fields { @Field var distance: Double }

        func execute(_ input: Input) async throws -> Output {
            let (a, b) = (input.a ?? .origin, input.b ?? .origin)
            let (width, height) = (b.x - a.x, b.y - a.y)
            return Output(distance: (width * width + height * height).squareRoot())
        }
    }

    /// The values of the request, some of them optional.
    struct Points: Fields {
        @Field var a: Point?
        @Field var b: Point?
    }

    func run() async throws {
        let ten = Point(x: 10, y: 10)
        let free = try Flow("distance", taking: Points.self) { Measure() }
        try await measure(free, Points(a: nil, b: nil))
        try await measure(free, Points(a: Point(x: 1, y: 1), b: nil))
        try await measure(free, Points(a: ten, b: nil))
        try await measure(free, Points(a: Point(x: 5, y: 5), b: ten))

        // A value that is injected into a step takes precedence over the request.
        let fromTen = try Flow("distance-from-ten", taking: Points.self) {
            Step(Measure()).injecting(ten, as: \.$a)
        }
        try await measure(fromTen, Points(a: nil, b: ten))
        try await measure(fromTen, Points(a: nil, b: nil))
    }

    func measure(_ flow: Flow<Points>, _ points: Points) async throws {
        let engine = try Engine(flow, request: points, in: MemoryStore())
        try await engine.run()
        let distance: Double = try engine.fetch("distance")
        print("\(flow.recipe.name): \(distance)")
    }
}
